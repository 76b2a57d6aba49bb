// Clauses reads the output of `go test -json` on standard input and prints which
// demands of the rules the executed tests showed fulfilled. It ends with status 1
// when a test failed or none named a clause.
package main

import (
	"flag"
	"fmt"
	"os"

	"watchroom/internal/testkit/clause"
)

func main() {
	all := flag.Bool("all", false, "list the demands that no test named, too")
	flag.Parse()
	report, err := clause.Read(os.Stdin)
	if err == nil {
		err = report.Write(os.Stdout, *all)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "clauses:", err)
		os.Exit(2)
	}
	if !report.OK() {
		os.Exit(1)
	}
}
