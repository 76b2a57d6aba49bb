package config

import (
	"fmt"
	"io"
	"strings"
)

// WriteDefault prints the file that changes nothing: every key with its comment
// and its default, commented out. What flags set stands there as it is set; the
// error is a Problems.
func WriteDefault(w io.Writer, flags ...Flag) error {
	c, err := Load(Sources{Flags: flags})
	if err != nil {
		return err
	}
	given := map[string]bool{}
	for _, f := range flags {
		given[f.Key] = true
	}
	var b strings.Builder
	b.WriteString("# Configuration of Watchroom. Every line that is commented out shows the default.\n" +
		"# Flags weigh more than the environment, the environment more than this file.\n")
	for _, f := range fields(c) {
		indent := strings.Repeat("  ", f.depth)
		if f.depth == 0 {
			b.WriteByte('\n')
		}
		for _, line := range wrap(f.doc, 88-len(indent)) {
			fmt.Fprintf(&b, "%s# %s\n", indent, line)
		}
		if f.env != "" {
			fmt.Fprintf(&b, "%s# Environment: %s\n", indent, f.env)
		}
		if f.group {
			fmt.Fprintf(&b, "%s%s:\n", indent, f.key)
			continue
		}
		if !given[f.path] {
			indent += "# "
		}
		fmt.Fprintf(&b, "%s%s: %s\n", indent, f.key, f.text(true))
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// WriteRedacted prints c as a file that could be read again, passwords hidden.
func (c *Config) WriteRedacted(w io.Writer) error {
	var b strings.Builder
	for _, f := range fields(c) {
		indent := strings.Repeat("  ", f.depth)
		if f.group {
			fmt.Fprintf(&b, "%s%s:\n", indent, f.key)
			continue
		}
		fmt.Fprintf(&b, "%s%s: %s\n", indent, f.key, f.text(true))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
