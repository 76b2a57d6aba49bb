package config

import "strings"

// Problem is one thing that is wrong, said so that the reader can mend it.
type Problem struct {
	Where string // file:line:column, "flag --listen", "environment WATCHROOM_LISTEN"; empty if only the key is known
	Key   string // such as recording.part_length; empty if the file is no YAML
	Text  string
}

// String is one line: where, key, text.
func (p Problem) String() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{p.Where, p.Key, p.Text} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Problems is everything that is wrong, at once.
type Problems []Problem

// Error has one problem a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// err is nil when there is no problem.
func (p Problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
