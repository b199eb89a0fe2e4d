// @ts-check
/** The scripts of `package.json` that are TypeScript: where each one is, what it needs, and what `--help` prints. */

/**
 * @typedef {object} Command
 * @property {string} file its path in `scripts`
 * @property {'packages' | 'server' | 'bundle' | 'browsers'} needs what is set up before it runs: the packages alone; what a
 *   server needs too; what one in production needs; or the browsers of the tests too
 * @property {string} usage
 */

const NO_WRITE = '--no-write             print the entry only';

/**
 * By their names in `package.json`.
 *
 * @satisfies {Readonly<Record<string, Command>>}
 */
export const COMMANDS = {
  architecture: {
    file: 'architecture.ts',
    needs: 'packages',
    usage: `Usage: npm run architecture

Draws docs/architecture.svg from the imports of src.
`,
  },
  audit: {
    file: 'audit.ts',
    needs: 'packages',
    usage: `Usage: npm run -s audit -- [options]

Prints the audit of the server whose DATA_DIR is in the environment or in .env, the oldest line first. The server may
be running.

  --since TIME, --until TIME   a date such as 2026-01-31T12:00, or a time ago: 30m, 12h, 7d
  --room ROOM                  the lines about one room
  --user USER_ID               the lines about one user
  --kind KIND                  the lines of one kind, such as user-removed
  --limit COUNT                the last lines only (default: 1000)
  --json                       one JSON object a line
`,
  },
  doctor: {
    file: 'doctor/main.ts',
    needs: 'packages',
    usage: `Usage: npm run doctor -- telephony [--json] [--no-login] [--timeout SECONDS]

  telephony    the dialer: variables, API key, connection, numbers, login token, STUN and TURN, WebRTC login, webhook

  --json       print the findings as one JSON object
  --no-login   do not log in: a login by TELNYX_TELEPHONY_CREDENTIAL_ID or by name and password takes the incoming
               calls of the softphone that is registered there, until that one registers again
  --timeout    how long each answer may take in seconds, 1 to 120 (default: 10)

The variables are those of the environment and of .env. Exit status: 0 all is well, 1 something failed, 2 wrong arguments.
`,
  },
  drain: {
    file: 'drain.ts',
    needs: 'packages',
    usage: `Usage: npm run drain [-- --no-wait]

Has the server of DATA_DIR open no more rooms and end when the last one is empty, or after DRAIN_DEADLINE seconds. Those who
are left then are asked to come back. Waits for that; Ctrl-C ends the waiting only.

  --no-wait    return at once
`,
  },
  keys: {
    file: 'keys.ts',
    needs: 'packages',
    usage: `Usage: npm run -s keys -- create NAME --rights LIST [--room-prefix TEXT] [--expires DURATION]
       npm run -s keys -- list [--json]
       npm run -s keys -- rotate ID [--overlap DURATION]
       npm run -s keys -- revoke ID

The API keys of backends, in the database of the server whose DATA_DIR is in the environment or in .env. The server may
be running. A key is printed once, and stored as a hash.

  --rights LIST        with commas between: tokens (mint and revoke), read, moderate, or admin (all of them, and the audit's
                       lines about no room, calls and webhooks)
  --room-prefix TEXT   the key is for rooms whose names begin with this (default: all rooms)
  --expires DURATION   30m, 12h, 7d (default: never)
  --overlap DURATION   how long the old key is good beside the new one (default: 1d)

Exit status: 1 the key is not there or its name is taken, 2 wrong arguments.
`,
  },
  'receive-webhooks': {
    file: 'receive-webhooks.ts',
    needs: 'packages',
    usage: `Usage: npm run -s receive-webhooks -- [--port 9000] [--secret whsec_…] [--status 204] [--json]

Prints the webhooks that come to 127.0.0.1, and answers them, until it is interrupted. Those whose signature is wrong are
answered 401.

  --port PORT       where it listens (default: 9000; 0 takes a free one)
  --secret SECRET   what they are signed with (default: the first of WEBHOOK_SECRETS in the environment or in .env)
  --status CODE     what is answered: 500 shows how deliveries are repeated (default: 204)
  --json            the bodies as they came, one a line
`,
  },
  webhooks: {
    file: 'webhooks.ts',
    needs: 'packages',
    usage: `Usage: npm run -s webhooks -- failed [--url URL] [--key KEY]
       npm run -s webhooks -- resend ID | --all [--url URL] [--key KEY]

Lists the webhooks that a running server could not deliver within 24 hours, and sends them again.

  --url URL   where the server is (default: http://localhost:8080)
  --key KEY   an API key with the right admin ("npm run keys"). The variable AQ_API_KEY keeps it out of the list of processes.

Exit status: 1 when the server refuses, 2 wrong arguments.
`,
  },
  'bench:api': {
    file: 'bench/api.ts',
    needs: 'server',
    usage: `Usage: npm run bench:api [-- options]

Measures requests a second and their times, of the backends' API. Appends an entry to docs/benchmarks.md.

  --seconds COUNT        how long for each kind of request (default: 5)
  --connections COUNT    how many ask at once (default: 16)
  ${NO_WRITE}
`,
  },
  'bench:webhooks-out': {
    file: 'bench/webhooks-out.ts',
    needs: 'server',
    usage: `Usage: npm run bench:webhooks-out [-- options]

Measures how long events take to a backend, and what a join costs more while they go out. Appends an entry to
docs/benchmarks.md.

  --rate COUNT           events a second (default: 1000)
  --rounds COUNT         how often with events and without (default: 8)
  --joins COUNT          how many joins in each (default: 40)
  ${NO_WRITE}
`,
  },
  mutation: {
    file: 'mutation.ts',
    needs: 'server',
    usage: `Usage: npm run mutation -- auth|signaling [--count N] [--seed TEXT]

Puts small faults into sources, one at a time, runs the tests of these sources, and prints the faults that no test
notices. The sources must not be changed meanwhile.

  --count N     take N of the faults (default: all)
  --seed TEXT   which ones: the same seed takes the same ones (default: 1)
`,
  },
  'watch-calls': {
    file: 'watch-calls.ts',
    needs: 'packages',
    usage: `Usage: npm run -s watch-calls -- [--url http://localhost:8080] [--since NUMBER] [--token TOKEN]

Prints the call events of a running server as they come, one JSON object a line, until it is interrupted.

  --url URL        where the server is (default: http://localhost:8080)
  --since NUMBER   begin with the events after this number (default: with the next one)
  --token TOKEN    an agent's token, as "npm run -s token -- USER_ID default agent" prints it. The variable TOKEN keeps it
                   out of the list of processes.

Exit status: 1 when the server refuses the token, 2 wrong arguments.
`,
  },
  load: {
    file: 'load/main.ts',
    needs: 'packages',
    usage: `Usage: npm run load -- [options]

Fills the rooms of a server with simulated peers and real media, and measures. See docs/load.md.

  --url URL            the server (http://127.0.0.1:8080); only this machine's without --i-own-this-server
  --rooms R            how many rooms (1)
  --peers P            how many peers in each (3)
  --publish WHAT       audio, video, both or none (both)
  --publishers N       how many peers of each room publish (all): a webinar has few
  --receive N          how many pictures and sounds each peer receives (all)
  --simulcast          three layers of video in place of one
  --bitrate BITS       of the largest layer, in bits per second (1700000 with simulcast, else 600000)
  --speaking N         how many microphones of each room are loud (1); the others send silence
  --dtx                silent microphones send as little as with DTX
  --duration SECONDS   how long is measured, once all have joined (10)
  --join-rate N        joins per second (20)
  --churn N            peers per second that leave, and others that join in their place (0)
  --token-command CMD  prints a token for the variables ROOM, USER_ID and USER_TYPE; without it, JWT_SECRET signs them
  --json FILE          writes the report as JSON
  --streams            has each stream in that report
  --quiet              no progress
  --i-own-this-server  lifts the bounds: loopback, 2000 peers and 3600 s
`,
  },
  screenshots: {
    file: 'screenshots.ts',
    needs: 'browsers',
    usage: `Usage: npm run screenshots [-- --matrix FOLDER [NAME]]

Takes the pictures of the README, in docs/, from calls in a real Chromium.

  --matrix FOLDER [NAME]   take every state of the page in every size into FOLDER instead, or the states whose names
                           contain NAME
`,
  },
  'bench:abuse': {
    file: 'bench/abuse.ts',
    needs: 'server',
    usage: `Usage: npm run bench:abuse [-- options]

Measures what one guest costs the server and the others who sends each kind of request as fast as the server takes it.
Appends an entry to docs/benchmarks.md.

  --peers COUNT          how many others are in the room (default: 100)
  --seconds COUNT        how long for each kind (default: 10)
  ${NO_WRITE}
`,
  },
  'bench:audio-room': {
    file: 'bench/audio-room.ts',
    needs: 'server',
    usage: `Usage: npm run bench:audio-room [-- options]

Measures what the sound of a room costs the server as the room grows, when everyone is unmuted and three speak, and how much
of somebody's first words is lost. Appends an entry to docs/benchmarks.md.

  --peers LIST           sizes of rooms (default: 10,50,100,200)
  --all LIST             sizes of rooms in which all are forwarded, beside them (default: 10,50)
  ${NO_WRITE}
`,
  },
  'bench:attention': {
    file: 'bench/attention.ts',
    needs: 'server',
    usage: `Usage: npm run bench:attention [-- options]

Measures how many bytes a peer receives that says what it shows, against one that receives everything. Appends an entry to
docs/benchmarks.md.

  ${NO_WRITE}
`,
  },
  'bench:calls': {
    file: 'bench/calls.ts',
    needs: 'server',
    usage: `Usage: npm run bench:calls [-- options]

Measures how long GET /api/v1/calls takes, and how long it holds up the server, while one agent reads it all the time.
Appends an entry to docs/benchmarks.md.

  --events COUNT         events that are stored (default: 100000)
  --rate COUNT           reads in a second (default: 100)
  --seconds COUNT        how long (default: 10)
  ${NO_WRITE}
`,
  },
  'bench:crowd': {
    file: 'bench/crowd.ts',
    needs: 'server',
    usage: `Usage: npm run bench:crowd [-- options]

Measures the server's part of a join when many peers join a room within a second. Appends an entry to docs/benchmarks.md.

  --runs COUNT           how often (default: 7)
  --peers COUNT          how many peers join (default: 20)
  ${NO_WRITE}
`,
  },
  'bench:faults': {
    file: 'bench/faults.ts',
    needs: 'browsers',
    usage: `Usage: npm run bench:faults [-- options]

Measures how long a call's picture stands still after a lost socket, a changed port, an outage of the network, and the death
of a media worker or of the server. Appends an entry to docs/benchmarks.md.

  --runs COUNT           how often (default: 7)
  ${NO_WRITE}
`,
  },
  'bench:forward': {
    file: 'bench/forward.ts',
    needs: 'server',
    usage: `Usage: npm run bench:forward [-- options]

Measures how many packets a second and core are forwarded before more than 0.1 % are lost or the 99th percentile of the
latency reaches 20 ms, by the whole server and by others. Appends an entry to docs/benchmarks.md.

  --only TEXT            the cases whose names contain this text
  --targets LIST         what forwards (default: server,worker); janus needs Debian's package janus
  --realtime             the worker gets its core before all other programs of the machine; needs root
  ${NO_WRITE}
`,
  },
  'bench:join': {
    file: 'bench/join.ts',
    needs: 'browsers',
    usage: `Usage: npm run bench:join [-- options]

Measures how long it takes to join a call and see the others, and how many round trips. Appends an entry to
docs/benchmarks.md.

  --runs COUNT           how often (default: 7)
  --rtts LIST            round-trip times in milliseconds (default: 0,50,100,200)
  --variants LIST        ways of joining (default: all, among them short, warm, classic)
  --samples FILE         where each sample is stored as it is measured: an interrupted bench continues from there
  ${NO_WRITE}
`,
  },
  'bench:many': {
    file: 'bench/many.ts',
    needs: 'browsers',
    usage: `Usage: npm run bench:many [-- options]

Measures whether it takes more round trips to join a room with many publishers than a room with one. Appends an entry to
docs/benchmarks.md.

  --runs COUNT           how often (default: 5)
  --rtts LIST            round-trip times in milliseconds (default: 0,100,200)
  --counts LIST          numbers of publishers (default: 1,20)
  ${NO_WRITE}
`,
  },
  'bench:recovery': {
    file: 'bench/recovery.ts',
    needs: 'server',
    usage: `Usage: npm run bench:recovery [-- options]

Measures how long media stands still when one of the two workers of a room is killed. Appends an entry to
docs/benchmarks.md.

  --runs COUNT           how often (default: 7)
  ${NO_WRITE}
`,
  },
  'bench:signaling': {
    file: 'bench/signaling.ts',
    needs: 'server',
    usage: `Usage: npm run bench:signaling [-- options]

Measures joins, requests and events a second, and memory for each peer, with peers without media. Appends an entry to
docs/benchmarks.md.

  --counts LIST          numbers of peers (default: 100,1000,5000)
  ${NO_WRITE}
`,
  },
  'bench:memory': {
    file: 'bench/memory.ts',
    needs: 'bundle',
    usage: `Usage: npm run bench:memory [-- options]

Measures how much memory the server takes in production: idle, and for each peer without media. On Linux. Appends an
entry to docs/benchmarks.md.

  --peers COUNT          how many peers join (default: 1000)
  --rooms LIST           sizes of rooms (default: 10,200)
  ${NO_WRITE}
`,
  },
  'bench:thin': {
    file: 'bench/thin.ts',
    needs: 'server',
    usage: `Usage: npm run bench:thin [-- options]

Measures what a peer with 300 and with 100 kbit/s receives in a call of three, and how long until everything is back.
Appends an entry to docs/benchmarks.md.

  ${NO_WRITE}
`,
  },
  'bench:visit': {
    file: 'bench/visit.ts',
    needs: 'browsers',
    usage: `Usage: npm run bench:visit [-- options]

Measures what a first visit of the room page transfers, and where its time goes, until the first remote picture. Appends
an entry to docs/benchmarks.md.

  --runs COUNT           how often (default: 15)
  --rtts LIST            round-trip times in milliseconds (default: 0,100,300)
  ${NO_WRITE}
`,
  },
  'bench:webinar': {
    file: 'bench/webinar.ts',
    needs: 'server',
    usage: `Usage: npm run bench:webinar [-- options]

Measures a room in which three publish and a thousand watch, on two media workers. Appends an entry to docs/benchmarks.md.

  --viewers COUNT        how many watch (default: 1000)
  --realtime             the workers run before all other programs of the machine; needs root
  ${NO_WRITE}
`,
  },
  'bench:webhooks': {
    file: 'bench/webhooks.ts',
    needs: 'server',
    usage: `Usage: npm run bench:webhooks [-- options]

Sends signed webhooks to a server with many agents, checks that each agent gets all of them in one order, and measures
how long that takes. Appends an entry to docs/benchmarks.md.

  --rate COUNT           webhooks in a second (default: 1000)
  --seconds COUNT        how long (default: 1)
  --agents COUNT         how many agents listen (default: 50)
  ${NO_WRITE}
`,
  },
};
