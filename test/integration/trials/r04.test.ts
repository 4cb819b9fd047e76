import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r04-io-errors.ts';

smallTrial(trial);
