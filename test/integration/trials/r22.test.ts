import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r22-version-guard.ts';

smallTrial(trial);
