/** Which credential at Telnyx is whose: made once for each agent and connection. */
export const telephonyCredentials = {
  number: 4,
  up: `
    CREATE TABLE telephony_credentials (
      connection_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      credential_id TEXT NOT NULL,
      PRIMARY KEY (connection_id, user_id)
    ) STRICT, WITHOUT ROWID
  `,
};
