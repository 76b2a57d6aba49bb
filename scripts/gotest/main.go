// Gotest runs `go test -json` with the arguments it is given, keeps the output in
// a file for `make clauses`, and prints what a person wants to see: a line a
// package, everything that a failing test said, and a closing count.
//
//	go run ./scripts/gotest FILE [arguments of go test]
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "gotest: name the file that keeps the JSON output")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(keep string, args []string, out io.Writer) error {
	file, err := os.Create(keep)
	if err != nil {
		return err
	}
	defer file.Close()
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p := printer{out: out, said: map[string][]string{}}
	lines := bufio.NewReader(io.TeeReader(pipe, file))
	for {
		line, err := lines.ReadBytes('\n')
		p.line(line)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, cmd.Wait())
		}
	}
	waited := cmd.Wait()
	p.close()
	if waited != nil || p.failed > 0 {
		return fmt.Errorf("go test failed")
	}
	return nil
}
