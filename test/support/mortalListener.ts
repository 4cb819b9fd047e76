/** The listener's thread, with a way to kill it: a word on the channel `kill-listener`. */
import '../../src/main/threads/listener.ts';

new BroadcastChannel('kill-listener').onmessage = () => process.exit(1);
