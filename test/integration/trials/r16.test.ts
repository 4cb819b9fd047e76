import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r16-soak.ts';

smallTrial(trial);
