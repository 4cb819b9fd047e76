import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r15-storm-while-using.ts';

smallTrial(trial);
