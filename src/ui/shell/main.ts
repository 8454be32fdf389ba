import '../style/tokens.css';
import './app.ts';
import { applyTheme, storedTheme } from './theme.ts';

applyTheme(storedTheme());
