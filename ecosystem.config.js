/** How pm2 runs the server: `npm run setup`, then `pm2 start ecosystem.config.js`. */
import { chosenNode } from './scripts/setup/chosen-node.js';
import { BUNDLE, NODE_OPTIONS, VARIABLES } from './scripts/setup/launch.js';
import { inProject } from './scripts/setup/project.js';

export const apps = [
  {
    name: 'aq-server',
    cwd: inProject(),
    // Relative, as pm2 takes a path with spaces for a command of the shell.
    script: BUNDLE,
    // pm2's own Node may be too old for the server.
    interpreter: chosenNode(),
    interpreter_args: NODE_OPTIONS.join(' '),
    env: VARIABLES,
    // Rooms live in the process: a second one beside it would split them.
    exec_mode: 'fork',
    instances: 1,
    // pm2's signal to the whole tree would end the media workers before anybody is told.
    treekill: false,
    // The server gives itself 4.5 seconds to close.
    kill_timeout: 6000,
  },
];
