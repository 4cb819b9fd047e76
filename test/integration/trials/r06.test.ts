import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r06-malformed.ts';

smallTrial(trial);
