import '../style/tokens.css';
import './app.ts';
import { applyTheme, storedTheme } from '../browser/theme.ts';

applyTheme(storedTheme());
