import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r13-provider-storms.ts';

smallTrial(trial);
