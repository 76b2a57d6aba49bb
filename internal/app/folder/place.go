package folder

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"watchroom/internal/durable"
	"watchroom/internal/recording/marker"
)

// Place is what tells a data folder from a copy of it, on this machine or another.
func Place(data string) string {
	var st unix.Stat_t
	if err := unix.Stat(data, &st); err != nil {
		return ""
	}
	machine, _ := durable.ReadRegular("/etc/machine-id", 256) // where there is none the folder alone tells
	return fmt.Sprint(strings.TrimSpace(string(machine)), " ", marker.Device(data), "/", st.Ino)
}
