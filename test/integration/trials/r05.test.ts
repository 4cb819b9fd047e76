import { smallTrial } from '../../support/smallTrial.ts';
import { trial } from '../../trials/r05-corruption.ts';

smallTrial(trial);
