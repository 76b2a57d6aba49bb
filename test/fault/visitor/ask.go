package visitor

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// Ask sends a request on a connection of its own with a small buffer, and reads
// only the beginning of the answer.
func Ask(address string, who *http.Client, request string) (net.Conn, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		return nil, err
	}
	var cookies []string
	for _, k := range who.Jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	err = c.(*net.TCPConn).SetReadBuffer(4 << 10)
	_, wrote := fmt.Fprintf(c, "%sHost: %s\r\nOrigin: %s\r\nCookie: %s\r\n\r\n", request, u.Host, address, strings.Join(cookies, "; "))
	status := make([]byte, len("HTTP/1.1 200"))
	_, read := c.Read(status)
	if err = errors.Join(err, wrote, read); err == nil && !strings.HasSuffix(string(status), " 200") && !strings.HasSuffix(string(status), " 101") {
		err = fmt.Errorf("%.60s: %s", request, status)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}
