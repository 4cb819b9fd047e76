import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r02-power-cut.ts';

smallTrial(trial);
