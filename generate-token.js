#!/usr/bin/env node
/** `node generate-token.js USER_ID [ROOM] [USER_TYPE]`, as users of the Go server call it. */
import './scripts/generate-token.js';
