// Pion: WebRTC in Go. It forwards RTP, and neither encodes nor decodes.
// See signalling.ts for how it is started and what it prints.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v3"
	"github.com/pion/webrtc/v3/pkg/media"
)

// 64×48 blue pixels.
const vp8KeyFrame = "0AIAnQEqQAAwAAhHCIWFiJmEiCwCAnTyZro0eb8Wd8D+7CZf/BBfxBfxBWlCMM6w"

var video, audio int64

func main() {
	mode, url := os.Args[1], os.Args[2]
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	engine := &webrtc.MediaEngine{}
	check(engine.RegisterDefaultCodecs())
	api := webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(engine))
	connection, err := api.NewPeerConnection(webrtc.Configuration{})
	check(err)
	connection.OnTrack(count)
	go report(connection)
	if mode == "answer" {
		addTracks(connection, false)
		answer(connection, url)
	} else {
		offer(connection, mode, url)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func offer(connection *webrtc.PeerConnection, mode string, url string) {
	if mode == "publish" {
		addTracks(connection, true)
	} else {
		direction := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
			_, err := connection.AddTransceiverFromKind(kind, direction)
			check(err)
		}
	}
	description, err := connection.CreateOffer(nil)
	check(err)
	setLocal(connection, description)
	_, sdp := request("POST", url, connection.LocalDescription().SDP)
	check(connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp}))
}

func answer(connection *webrtc.PeerConnection, url string) {
	for {
		status, sdp := request("GET", url, "")
		if status != http.StatusOK {
			return
		}
		check(connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}))
		description, err := connection.CreateAnswer(nil)
		check(err)
		setLocal(connection, description)
		request("POST", url, connection.LocalDescription().SDP)
	}
}

func setLocal(connection *webrtc.PeerConnection, description webrtc.SessionDescription) {
	gathered := webrtc.GatheringCompletePromise(connection)
	check(connection.SetLocalDescription(description))
	<-gathered
}

func addTracks(connection *webrtc.PeerConnection, sendOnly bool) {
	frame, err := base64.StdEncoding.DecodeString(vp8KeyFrame)
	check(err)
	addTrack(connection, sendOnly, webrtc.MimeTypeVP8, "video", frame, 40*time.Millisecond)
	addTrack(connection, sendOnly, webrtc.MimeTypeOpus, "audio", []byte{0xf8, 0xff, 0xfe}, 20*time.Millisecond)
}

func addTrack(connection *webrtc.PeerConnection, sendOnly bool, mimeType string, id string, data []byte, every time.Duration) {
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: mimeType}, id, "pion")
	check(err)
	if sendOnly {
		_, err = connection.AddTransceiverFromTrack(track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	} else {
		_, err = connection.AddTrack(track)
	}
	check(err)
	go func() {
		for range time.Tick(every) {
			_ = track.WriteSample(media.Sample{Data: data, Duration: every})
		}
	}()
}

func count(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	counter := &video
	if track.Kind() == webrtc.RTPCodecTypeAudio {
		counter = &audio
	}
	for {
		if _, _, err := track.ReadRTP(); err != nil {
			return
		}
		atomic.AddInt64(counter, 1)
	}
}

func report(connection *webrtc.PeerConnection) {
	for range time.Tick(200 * time.Millisecond) {
		line, _ := json.Marshal(map[string]interface{}{
			"connected": connection.ConnectionState() == webrtc.PeerConnectionStateConnected,
			"video":     atomic.LoadInt64(&video),
			"audio":     atomic.LoadInt64(&audio),
		})
		fmt.Println(string(line))
	}
}

func request(method string, url string, body string) (int, string) {
	message, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	check(err)
	message.Header.Set("Content-Type", "application/sdp")
	if token := os.Getenv("TOKEN"); token != "" {
		message.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(message)
	check(err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	check(err)
	if response.StatusCode >= 400 {
		panic(fmt.Sprint(response.StatusCode, " ", string(content)))
	}
	return response.StatusCode, string(content)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
