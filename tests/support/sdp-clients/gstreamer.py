"""GStreamer's webrtcbin. See signalling.ts for how it is started and what it prints.

CODEC in the environment is VP8 (by default), VP9 or H264.
"""

import json
import os
import sys
import threading
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

ENCODERS = {
    "VP8": "vp8enc deadline=1 keyframe-max-dist=10 ! rtpvp8pay picture-id-mode=15-bit",
    "VP9": "vp9enc deadline=1 keyframe-max-dist=10 ! rtpvp9pay",
    "H264": "openh264enc gop-size=10 ! rtph264pay aggregate-mode=zero-latency config-interval=-1",
}
PAYLOAD_TYPES = {"VP8": 96, "VP9": 98, "H264": 102}

counts = {"video": 0, "audio": 0}
mode, url = sys.argv[1:]
codec = os.environ.get("CODEC", "VP8")
Gst.init(None)


def rtp_caps(kind, encoding, payload):
    clock = "48000" if kind == "audio" else "90000"
    caps = f"application/x-rtp,media={kind},encoding-name={encoding},payload={payload},clock-rate={clock}"
    if encoding == "OPUS":
        caps += ",encoding-params=(string)2"
    if encoding == "H264":
        caps += ",packetization-mode=(string)1,profile-level-id=(string)42e01f"
    return caps


def build():
    if mode != "publish":
        pipeline = Gst.Pipeline()
        connection = Gst.ElementFactory.make("webrtcbin")
        connection.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        pipeline.add(connection)
        direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        for caps in (rtp_caps("audio", "OPUS", 97), rtp_caps("video", codec, PAYLOAD_TYPES[codec])):
            connection.emit("add-transceiver", direction, Gst.Caps.from_string(caps))
        return pipeline, connection
    pipeline = Gst.parse_launch(
        "webrtcbin name=connection bundle-policy=max-bundle "
        "videotestsrc is-live=true ! video/x-raw,width=320,height=240,framerate=15/1 ! "
        f"{ENCODERS[codec]} ! {rtp_caps('video', codec, PAYLOAD_TYPES[codec])} ! connection. "
        "audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! "
        f"{rtp_caps('audio', 'OPUS', 97)} ! connection."
    )
    connection = pipeline.get_by_name("connection")
    for index in range(2):
        transceiver = connection.emit("get-transceiver", index)
        transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        transceiver.set_property("do-nack", True)
    return pipeline, connection


def post(offer):
    headers = {"Content-Type": "application/sdp"}
    if os.environ.get("TOKEN"):
        headers["Authorization"] = "Bearer " + os.environ["TOKEN"]
    message = urllib.request.Request(url, data=offer.encode(), headers=headers, method="POST")
    with urllib.request.urlopen(message) as response:
        return response.read().decode()


def on_offer(promise, connection):
    promise.wait()
    reply = promise.get_reply()  # owns the offer
    offer = reply.get_value("offer")
    connection.emit("set-local-description", offer, Gst.Promise.new())


def on_gathering(connection, _):
    if connection.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        return
    offer = connection.get_property("local-description").sdp.as_text()
    threading.Thread(target=negotiate, args=(connection, offer), daemon=True).start()


def negotiate(connection, offer):
    _, message = GstSdp.SDPMessage.new_from_text(post(offer))
    answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    connection.emit("set-remote-description", answer, Gst.Promise.new())


def on_negotiation_needed(connection):
    connection.emit("create-offer", None, Gst.Promise.new_with_change_func(on_offer, connection))


def on_pad(connection, pad, pipeline):
    if pad.direction != Gst.PadDirection.SRC:
        return
    decoder = Gst.ElementFactory.make("decodebin")
    decoder.connect("pad-added", on_decoded, pipeline)
    pipeline.add(decoder)
    decoder.sync_state_with_parent()
    pad.link(decoder.get_static_pad("sink"))


def on_decoded(_, pad, pipeline):
    kind = "audio" if pad.get_current_caps().get_structure(0).get_name().startswith("audio") else "video"
    sink = Gst.ElementFactory.make("fakesink")
    pipeline.add(sink)
    sink.sync_state_with_parent()
    pad.link(sink.get_static_pad("sink"))
    pad.add_probe(Gst.PadProbeType.BUFFER, count, kind)


def count(_, __, kind):
    counts[kind] += 1
    return Gst.PadProbeReturn.OK


def report(connection):
    state = connection.get_property("connection-state")
    connected = state == GstWebRTC.WebRTCPeerConnectionState.CONNECTED
    print(json.dumps({"connected": connected, **counts}), flush=True)
    return True


def end_with_input():
    sys.stdin.read()
    os._exit(0)


pipeline, connection = build()
connection.connect("on-negotiation-needed", on_negotiation_needed)
connection.connect("notify::ice-gathering-state", on_gathering)
connection.connect("pad-added", on_pad, pipeline)
GLib.timeout_add(200, report, connection)
threading.Thread(target=end_with_input, daemon=True).start()
pipeline.set_state(Gst.State.PLAYING)
GLib.MainLoop().run()
