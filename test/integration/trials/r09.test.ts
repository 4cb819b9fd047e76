import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r09-reordering.ts';

smallTrial(trial);
