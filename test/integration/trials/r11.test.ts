import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r11-big-bodies.ts';

smallTrial(trial);
