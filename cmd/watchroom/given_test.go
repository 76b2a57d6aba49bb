package main

import (
	"path/filepath"
	"testing"

	"watchroom/internal/config"
)

// TestFlagsThatPeopleType: whole paths, which a shell takes as they are.
func TestFlagsThatPeopleType(t *testing.T) {
	here, err := filepath.Abs("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s    settings
		data string
		want string
	}{
		{settings{}, "data", "--data " + here},
		{settings{File: "/etc/watchroom.yaml"}, "/srv/值守", "--config /etc/watchroom.yaml --data /srv/值守"},
		{settings{Database: "postgres://w@db/w?sslmode=disable"}, "/srv/b's data", `--data '/srv/b'\''s data' --database 'postgres://w@db/w?sslmode=disable'`},
	} {
		if got := c.s.given(&config.Config{Data: c.data}); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}
