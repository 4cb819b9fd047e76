import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r21-two-copies.ts';

smallTrial(trial);
