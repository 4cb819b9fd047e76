import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r10-slowloris.ts';

smallTrial(trial);
