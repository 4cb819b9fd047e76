import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r01-crash.ts';

smallTrial(trial, 400_000);
