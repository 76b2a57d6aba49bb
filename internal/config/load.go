package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// Sources is where values come from, weakest first: Default, File, Env, Flags.
type Sources struct {
	File string // path of the YAML file; empty for none
	// Env is os.LookupEnv in the program. Nil reads no environment.
	Env   func(name string) (string, bool)
	Flags []Flag // only what was given
}

// Flag is one value of the command line.
type Flag struct {
	Name  string // as it is typed, such as --database
	Key   string // such as database.url
	Value string
}

// Load reads and checks everything. The error is a Problems with all that is
// wrong, or the error of opening the file.
func Load(s Sources) (*Config, error) {
	c := Default()
	origins := map[string]string{} // key to where its value was given
	var problems Problems
	if s.File != "" {
		text, err := os.ReadFile(s.File)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("configuration file %s does not exist", s.File)
		case err != nil:
			return nil, fmt.Errorf("configuration file: %w", err)
		}
		problems = append(problems, c.read(s.File, text, origins)...)
	}
	byKey := map[string]field{}
	for _, f := range fields(c) {
		if f.group {
			continue
		}
		byKey[f.path] = f
		if value, ok := lookup(s.Env, f.env); ok {
			where := "environment " + f.env
			origins[f.path] = where
			if err := f.set(value); err != nil {
				problems = append(problems, Problem{where, f.path, err.Error()})
			}
		}
	}
	for _, flag := range s.Flags {
		f, ok := byKey[flag.Key]
		if !ok {
			return nil, fmt.Errorf("flag %s sets %s, which does not exist", flag.Name, flag.Key)
		}
		where := "flag " + flag.Name
		origins[f.path] = where
		if f.secret == "url" && redactURL(flag.Value) != flag.Value {
			problems = append(problems, Problem{where, "", "a password on the command line can be read by every user of this machine; put it into the configuration file, into " + f.env + " or into a PGPASSFILE"})
			continue
		}
		if err := f.set(flag.Value); err != nil {
			problems = append(problems, Problem{where, "", err.Error()})
		}
	}
	// A value that could not be read still stands at its default, which is sound:
	// checking the rest finds the rest.
	if err := c.Validate(); err != nil {
		var more Problems
		errors.As(err, &more)
		for _, p := range more {
			p.Where = origins[p.Key]
			if strings.HasPrefix(p.Where, "flag ") {
				p.Key = ""
			}
			problems = append(problems, p)
		}
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return c, nil
}

func lookup(env func(string) (string, bool), name string) (string, bool) {
	if env == nil || name == "" {
		return "", false
	}
	return env(name)
}
