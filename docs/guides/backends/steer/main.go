// A backend that steers rooms, in Go 1.19 or later, with nothing but its standard library.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	aqServer      = or(os.Getenv("AQ_SERVER"), "https://your.host")
	apiKey        = os.Getenv("AQ_API_KEY")
	webhookSecret = os.Getenv("WEBHOOK_SECRET")
	client        = &http.Client{Timeout: 10 * time.Second}
	seen          sync.Map // an event may come twice
)

// call asks the API and reads the answer into result. The body of a refusal has a stable `code`.
func call(method, path string, body, result any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequest(method, aqServer+"/api/v1"+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	key := make([]byte, 16)
	if _, err := rand.Read(key); err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", hex.EncodeToString(key))
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode > 299 {
		return fmt.Errorf("%s %s: %s", method, path, answer)
	}
	if result == nil || len(answer) == 0 {
		return nil
	}
	return json.Unmarshal(answer, result)
}

// verify checks a webhook (Standard Webhooks).
func verify(body []byte, header http.Header) error {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("too old")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(webhookSecret, "whsec_"))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, given := range strings.Split(header.Get("webhook-signature"), " ") {
		if hmac.Equal([]byte(expected), []byte(given)) {
			return nil
		}
	}
	return errors.New("forged")
}

func receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil || verify(body, r.Header) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	var event struct {
		Type string
		Data struct{ Room, Peer struct{ Name string } }
	}
	if json.Unmarshal(body, &event) == nil && event.Type == "peer.joined" {
		if _, again := seen.LoadOrStore(r.Header.Get("webhook-id"), true); !again {
			chat := map[string]string{"text": "Welcome, " + event.Data.Peer.Name + "!"}
			if err := call("POST", "/rooms/"+url.PathEscape(event.Data.Room.Name)+"/chat", chat, nil); err != nil {
				log.Print(err)
			}
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

func main() {
	settings := map[string]any{"max_peers": 20, "metadata": map[string]string{"title": "Planning"}}
	if err := call("PUT", "/rooms/meeting", settings, nil); err != nil {
		log.Fatal(err)
	}
	order := map[string]any{"room": "meeting", "user_id": "alice", "user_type": "host", "ttl": 600}
	var minted struct{ Token string }
	if err := call("POST", "/tokens", order, &minted); err != nil {
		log.Fatal(err)
	}
	fmt.Println("token", minted.Token)
	listener, err := net.Listen("tcp", "127.0.0.1:"+or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, http.HandlerFunc(receive)))
}
