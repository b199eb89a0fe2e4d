"""aiortc: WebRTC in Python, which encodes and decodes. See signalling.ts for how it is started and what it prints."""

import asyncio
import json
import os
import sys
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaStreamError
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

counts = {"video": 0, "audio": 0}


def request(method, url, body=None):
    headers = {"Content-Type": "application/sdp"}
    if os.environ.get("TOKEN"):
        headers["Authorization"] = "Bearer " + os.environ["TOKEN"]
    data = None if body is None else body.encode()
    message = urllib.request.Request(url, data=data, headers=headers, method=method)
    with urllib.request.urlopen(message) as response:
        return response.status, response.read().decode()


async def count(track):
    try:
        while True:
            await track.recv()
            counts[track.kind] += 1
    except MediaStreamError:
        pass


async def report(connection):
    while True:
        connected = connection.connectionState == "connected"
        print(json.dumps({"connected": connected, **counts}), flush=True)
        await asyncio.sleep(0.2)


async def offer(connection, mode, url):
    if mode == "publish":
        connection.addTransceiver(AudioStreamTrack(), direction="sendonly")
        connection.addTransceiver(VideoStreamTrack(), direction="sendonly")
    else:
        connection.addTransceiver("audio", direction="recvonly")
        connection.addTransceiver("video", direction="recvonly")
    await connection.setLocalDescription(await connection.createOffer())
    _, answer = await asyncio.to_thread(request, "POST", url, connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def answer(connection, url):
    connection.addTrack(VideoStreamTrack())
    connection.addTrack(AudioStreamTrack())
    while True:
        status, sdp = await asyncio.to_thread(request, "GET", url)
        if status != 200:
            return
        await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        await asyncio.to_thread(request, "POST", url, connection.localDescription.sdp)


async def main():
    mode, url = sys.argv[1:]
    connection = RTCPeerConnection()

    @connection.on("track")
    def on_track(track):
        asyncio.ensure_future(count(track))

    asyncio.ensure_future(report(connection))
    if mode == "answer":
        await answer(connection, url)
    else:
        await offer(connection, mode, url)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)


asyncio.run(main())
