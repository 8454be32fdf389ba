/** What stands around the views once there is a state. */
import '../parts/grid/inspector-drawer.ts';
import '../parts/problem-banner.ts';
import '../parts/profile-panel.ts';
import '../parts/status-bar.ts';
