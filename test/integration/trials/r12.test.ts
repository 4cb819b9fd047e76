import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r12-clocks.ts';

smallTrial(trial);
