// A participant without the SDK: reads the chat of a room and greets it. For browsers, and for Node 22 or later.
const { SERVER, TOKEN } = process.env; // ws://localhost:8080 and a token
let lastId = 0;
const socket = new WebSocket(`${SERVER}/aq_server/websocket`, ['aq.v1', `bearer.${TOKEN}`]);
const ask = (method, params) => socket.send(JSON.stringify({ id: ++lastId, method, params }));
socket.onmessage = (message) => {
  const { result, error, event, data } = JSON.parse(message.data);
  if (event === 'welcome') ask('join', { rtpCapabilities: {} }); // without media: nothing can be received
  if (result?.peers) ask('chat', { text: `hello, ${result.peers.length} others` });
  if (event === 'chatReceived') console.log(`${data.from}: ${data.text}`);
  if (error) console.error(`${error.code}: ${error.message}`);
};
