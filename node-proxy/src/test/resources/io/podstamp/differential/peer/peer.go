// One handler for the servers of Go: `peer-go SERVER PORT`, or `peer-go version MODULE`. Writes down what it saw, as peer.py does.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"

	"github.com/cloudwego/hertz/pkg/app"
	hertz "github.com/cloudwego/hertz/pkg/app/server"
	"github.com/cloudwego/hertz/pkg/common/hlog"
	"github.com/valyala/fasthttp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

var log *os.File

// Latin-1 becomes UTF-8, a character a byte.
func text(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

func saw(client, method, target string, headers []string) {
	line, _ := json.Marshal(map[string]any{"client": client, "method": method, "target": target, "headers": headers})
	log.Write(append(line, '\n'))
}

func handle(w http.ResponseWriter, r *http.Request) {
	client, _, _ := net.SplitHostPort(r.RemoteAddr)
	headers := []string{}
	for name, values := range r.Header {
		for _, value := range values {
			headers = append(headers, name, text([]byte(value)))
		}
	}
	saw(client, r.Method, r.RequestURI, headers)
	io.Copy(io.Discard, r.Body)
}

func main() {
	if os.Args[1] == "version" {
		built, _ := debug.ReadBuildInfo()
		for _, module := range built.Deps {
			if module.Path == os.Args[2] {
				fmt.Println(module.Version)
			}
		}
		return
	}
	log, _ = os.OpenFile("seen.json", os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	address := "127.0.0.1:" + os.Args[2]
	switch os.Args[1] {
	case "net/http":
		panic(http.ListenAndServe(address, http.HandlerFunc(handle)))
	case "h2c":
		panic(http.ListenAndServe(address, h2c.NewHandler(http.HandlerFunc(handle), &http2.Server{})))
	case "fasthttp":
		panic(fasthttp.ListenAndServe(address, func(ctx *fasthttp.RequestCtx) {
			headers := []string{}
			for name, value := range ctx.Request.Header.All() {
				headers = append(headers, text(name), text(value))
			}
			saw(ctx.RemoteIP().String(), text(ctx.Method()), text(ctx.RequestURI()), headers)
		}))
	case "hertz":
		hlog.SetOutput(io.Discard)
		server := hertz.New(hertz.WithHostPorts(address), hertz.WithExitWaitTime(0))
		server.Use(func(_ context.Context, ctx *app.RequestContext) {
			headers := []string{}
			ctx.Request.Header.VisitAll(func(name, value []byte) {
				headers = append(headers, text(name), text(value))
			})
			client, _, _ := net.SplitHostPort(ctx.RemoteAddr().String())
			saw(client, text(ctx.Method()), text(ctx.Request.RequestURI()), headers)
			ctx.AbortWithStatus(200)
		})
		server.Spin()
	}
}
