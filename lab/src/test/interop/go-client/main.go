// Sends bodies of a length and of none to a URL, on kept connections, and prints what it answers.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	for i := 1; i < 4; i++ {
		for _, body := range []io.Reader{strings.NewReader(strings.Repeat("x", i*50000)), io.LimitReader(strings.NewReader(strings.Repeat("y", 900)), int64(i*100))} {
			request, err := http.NewRequest("PUT", os.Args[1], body)
			if err != nil {
				panic(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				panic(err)
			}
			io.Copy(os.Stdout, response.Body)
			response.Body.Close()
		}
	}
	fmt.Println("done")
}
