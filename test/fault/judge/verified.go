package judge

import (
	"regexp"
	"strconv"
	"strings"
)

// Verified is what a verification of the log came to.
type Verified struct {
	Segments, Files, Pending, Findings int
	Lines                              []string // a finding each
}

var (
	figure = regexp.MustCompile(`(segments|files|findings) (\d+)`)
	// about are the lines of a verification that are no findings.
	about = regexp.MustCompile(`^(entries|acts|log|origin|key|checkpoint|signature|cosigned|footage|verdict:|the server does not run;|on its way|of it files that are not there|remarks) `)
)

// Verification reads what `watchroom ledger verify --quiet` printed.
func Verification(out string) (v Verified, err error) {
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		found := figure.FindAllStringSubmatch(line, -1)
		switch {
		case strings.HasPrefix(line, "pending "):
			if !strings.HasSuffix(line, " ledger.verified") { // that it was verified comes into the log behind it
				v.Pending++
			}
			continue
		case len(found) == 0 && !about.MatchString(line):
			v.Lines = append(v.Lines, line)
		}
		for _, f := range found {
			n, err := strconv.Atoi(f[2])
			if err != nil {
				return v, err
			}
			switch f[1] {
			case "segments":
				v.Segments = n
			case "files":
				v.Files = n
			default:
				v.Findings = n
			}
		}
	}
	return v, nil
}
