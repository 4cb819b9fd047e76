import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r07-forgeries.ts';

smallTrial(trial);
