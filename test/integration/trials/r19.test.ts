import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r19-erase.ts';

smallTrial(trial);
