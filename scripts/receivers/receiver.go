// A receiver of Go: answers with the address that it takes for the client's.
//
//	receiver NAME SETTING PORT
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/gofiber/fiber/v2"
	"github.com/gorilla/handlers"
	"github.com/labstack/echo/v4"
)

func main() {
	name, setting, address := os.Args[1], os.Args[2], ":"+os.Args[3]
	trusted := strings.Split(setting, "+")
	remote := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		fmt.Fprint(w, host)
	})
	switch name {
	case "gin":
		gin.SetMode(gin.ReleaseMode)
		engine := gin.New()
		if setting != "plain" {
			check(engine.SetTrustedProxies(trusted))
		}
		engine.GET("/", func(c *gin.Context) { c.String(200, c.ClientIP()) })
		check(engine.Run(address))
	case "echo":
		server := echo.New()
		if setting == "plain" {
			server.IPExtractor = echo.ExtractIPFromXFFHeader()
		} else {
			options := []echo.TrustOption{echo.TrustLoopback(false), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false)}
			for _, block := range trusted {
				_, network, err := net.ParseCIDR(block)
				check(err)
				options = append(options, echo.TrustIPRange(network))
			}
			server.IPExtractor = echo.ExtractIPFromXFFHeader(options...)
		}
		server.GET("/", func(c echo.Context) error { return c.String(200, c.RealIP()) })
		check(server.Start(address))
	case "chi":
		router := chi.NewRouter()
		router.Use(middleware.RealIP)
		router.Get("/", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, strings.TrimSuffix(r.RemoteAddr, ":0")) })
		check(http.ListenAndServe(address, router))
	case "gorilla":
		check(http.ListenAndServe(address, handlers.ProxyHeaders(remote)))
	case "fiber":
		app := fiber.New(fiber.Config{ProxyHeader: "X-Forwarded-For", EnableIPValidation: true, DisableStartupMessage: true})
		app.Get("/", func(c *fiber.Ctx) error { return c.SendString(c.IP()) })
		check(app.Listen(address))
	default:
		log.Fatalf("NAME: %s (expected: gin, echo, chi, gorilla or fiber)", name)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
