import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r17-migrations.ts';

smallTrial(trial);
