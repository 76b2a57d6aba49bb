package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// field is one row of the table: a leaf that is set, or a group (no value of its
// own) that only carries its comment.
type field struct {
	path   string // such as recording.part_length
	key    string // the last word of path
	depth  int
	doc    string
	env    string
	secret string // "url": the password inside is hidden
	group  bool
	value  reflect.Value
}

// fields lists c's fields in the order of the struct, groups before their leaves.
func fields(c *Config) []field { return walk(reflect.ValueOf(c).Elem(), "", 0) }

func walk(v reflect.Value, prefix string, depth int) []field {
	var list []field
	for i := range v.NumField() {
		t := v.Type().Field(i)
		f := field{
			key: t.Tag.Get("yaml"), depth: depth, value: v.Field(i),
			doc: t.Tag.Get("doc"), env: t.Tag.Get("env"), secret: t.Tag.Get("secret"),
			group: t.Type.Kind() == reflect.Struct,
		}
		f.path = prefix + f.key
		list = append(list, f)
		if f.group {
			list = append(list, walk(f.value, f.path+".", depth+1)...)
		}
	}
	return list
}

// set reads text as it stands in a flag, the environment or a YAML scalar.
func (f field) set(text string) error {
	switch p := f.value.Addr().Interface().(type) {
	case *string:
		*p = text
	case *bool:
		switch text {
		case "true":
			*p = true
		case "false":
			*p = false
		default:
			return fmt.Errorf("want true or false, got %s", quote(text))
		}
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("want a whole number, got %s", quote(text))
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("want a length of time such as 700ms, 5s or 1h30m, got %s", quote(text))
		}
		*p = d
	case *Bytes:
		b, err := ParseBytes(text)
		if err != nil {
			return err
		}
		*p = b
	case *[]string:
		*p = nil
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*p = append(*p, part)
			}
		}
	default:
		return fmt.Errorf("no reader for %T", p)
	}
	return nil
}

// text is the value as the default file and the dump print it.
func (f field) text(redact bool) string { //nolint:unparam // what is printed and what is compared are two things
	switch v := f.value.Interface().(type) {
	case string:
		if redact && f.secret == "url" {
			v = redactURL(v)
		}
		return yamlString(v)
	case time.Duration:
		return duration(v)
	case Bytes:
		return v.String()
	case []Volume:
		return flow(v)
	case []Tier:
		return flow(v)
	case []OIDC:
		return flow(v)
	case []LDAP:
		return flow(v)
	case []string:
		quoted := make([]string, len(v))
		for i, s := range v {
			quoted[i] = yamlString(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// flow prints a list of groups on one line.
func flow[T any](list []T) string {
	items := make([]string, len(list))
	for i := range list {
		var parts []string
		for _, f := range walk(reflect.ValueOf(&list[i]).Elem(), "", 0) {
			if !f.value.IsZero() || f.value.Kind() == reflect.Bool {
				parts = append(parts, f.key+": "+f.text(true))
			}
		}
		items[i] = "{" + strings.Join(parts, ", ") + "}"
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// grow adds a group with its defaults to a list of groups, and gives its fields; nil
// where f is no such list.
func (f field) grow() []field {
	switch list := f.value.Addr().Interface().(type) {
	case *[]Volume:
		return grow(f, list, Volume{})
	case *[]Tier:
		return grow(f, list, defaultTier())
	case *[]OIDC:
		return grow(f, list, defaultOIDC())
	case *[]LDAP:
		return grow(f, list, defaultLDAP())
	}
	return nil
}

func grow[T any](f field, list *[]T, next T) []field {
	*list = append(*list, next)
	n := len(*list) - 1
	return walk(reflect.ValueOf(&(*list)[n]).Elem(), fmt.Sprintf("%s[%d].", f.path, n), f.depth+1)
}

// groups tells whether the field is a list of groups.
func (f field) groups() bool {
	return f.value.Kind() == reflect.Slice && f.value.Type().Elem().Kind() == reflect.Struct
}

// duration prints 5m0s as 5m and 1h0m0s as 1h.
func duration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// yamlString prints plain what no YAML reader can take for anything else.
func yamlString(s string) string {
	plain := s != ""
	for i, r := range s {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '/'
		if !letter && (i == 0 || !strings.ContainsRune("0123456789.-_", r)) {
			plain = false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}

func quote(s string) string {
	if r := []rune(s); len(r) > 60 {
		s = string(r[:60]) + "…"
	}
	return strconv.Quote(s)
}
