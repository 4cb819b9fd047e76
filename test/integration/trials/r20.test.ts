import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r20-ipc-fuzz.ts';

smallTrial(trial, 400_000);
