import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r08-replays.ts';

smallTrial(trial);
