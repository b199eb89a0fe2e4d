/** One change at a time for each sender: the browser refuses parameters that it has not given out last. */
const changing = new WeakMap<RTCRtpSender, Promise<void>>();

/**
 * Has a sender send those layers only that somebody wants. Rejects where the browser does not take that; it sends what it
 * did before then. Those of a single encoding (SVC) are all sent, as they build on each other.
 * @param active by the encodings
 */
export function sendLayers(sender: RTCRtpSender, active: readonly boolean[]): Promise<void> {
  const change = (changing.get(sender) ?? Promise.resolve()).then(() => apply(sender, active));
  changing.set(
    sender,
    change.catch(() => {}),
  );
  return change;
}

async function apply(sender: RTCRtpSender, active: readonly boolean[]): Promise<void> {
  const parameters = sender.getParameters();
  const { encodings } = parameters;
  if (encodings.length === 1) return;
  for (const [index, encoding] of encodings.entries()) encoding.active = active[index] ?? true;
  await sender.setParameters(parameters);
}
