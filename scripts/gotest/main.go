// Gotest runs `go test -json` with the arguments it is given, keeps the output in
// a file for `make clauses`, and prints what a person wants to see: a line a
// package, everything that a failing test said, and a closing count.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	keep := flag.String("keep", "", "file that receives the JSON output")
	flag.Parse()
	if err := run(*keep, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(keep string, args []string, out io.Writer) error {
	file := io.Discard
	if keep != "" {
		f, err := os.Create(keep)
		if err != nil {
			return err
		}
		defer f.Close()
		file = f
	}
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
