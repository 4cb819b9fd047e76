import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r03-disk-full.ts';

smallTrial(trial);
