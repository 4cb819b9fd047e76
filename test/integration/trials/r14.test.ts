import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r14-tunnel-deaths.ts';

smallTrial(trial);
