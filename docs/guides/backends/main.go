// A backend that mints tokens, in Go 1.19 or later, with nothing but its standard library.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

type user struct{ id, name, role string }

var (
	secret   = os.Getenv("JWT_SECRET") // the same as that of aq-server
	aqServer = or(os.Getenv("AQ_SERVER"), "wss://your.host")
	// Yours: who is signed in to your application.
	sessions = map[string]user{"session-of-alice": {"alice", "Alice", "host"}}
)

// Yours: who may enter which room.
func mayEnter(_ user, room string) bool { return room != "secret" }

// mintToken returns a token with which this user enters this room, and no other.
// jwt.NewWithClaims(jwt.SigningMethodHS256, …) of github.com/golang-jwt/jwt does the same.
func mintToken(u user, room string) string {
	now := time.Now().Unix()
	claims := map[string]any{
		"user_id": u.id, "name": u.name, "user_type": u.role, "room": room,
		"iat": now, "exp": now + 600,
	}
	signed := encodeJSON(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + encodeJSON(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func encodeJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // strings and numbers alone, which always encode
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

func token(w http.ResponseWriter, r *http.Request) {
	room := strings.TrimPrefix(r.URL.Path, "/api/webrtc/token/")
	if room == "" {
		answer(w, 404, map[string]string{"message": "not found"})
		return
	}
	cookie, err := r.Cookie("session")
	if err != nil {
		answer(w, 401, map[string]string{"message": "sign in first"})
		return
	}
	u, known := sessions[cookie.Value]
	if !known {
		answer(w, 401, map[string]string{"message": "sign in first"})
		return
	}
	if !mayEnter(u, room) {
		answer(w, 403, map[string]string{"message": "this room is not yours"})
		return
	}
	minted := mintToken(u, room)
	answer(w, 200, map[string]string{"wsUrl": aqServer + "/aq_server/websocket?token=" + minted, "token": minted})
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func main() {
	if secret == "" {
		log.Fatal("JWT_SECRET is missing")
	}
	http.HandleFunc("/api/webrtc/token/", token)
	listener, err := net.Listen("tcp", "127.0.0.1:"+or(os.Getenv("PORT"), "3000"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, nil))
}
