package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"watchroom/internal/db"
)

// digest names the migrations of an engine as they are now: an image of a database that
// they made is good for as long as it is the same.
func digest(engine db.Engine) (string, error) {
	files := db.Migrations(engine)
	h := sha256.New()
	err := fs.WalkDir(files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		f, err := files.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		io.WriteString(h, path+"\x00")
		_, err = io.Copy(h, f)
		return err
	})
	return hex.EncodeToString(h.Sum(nil))[:16], err
}

// forget removes the images among paths that were made over a week ago, except the one
// that is kept: of migrations that have changed since. An image that another checkout
// still wanted is made anew.
func forget(paths []string, kept string) {
	for _, path := range paths {
		info, err := os.Lstat(path)
		if err == nil && path != kept && time.Since(info.ModTime()) > 7*24*time.Hour {
			os.RemoveAll(path)
		}
	}
}

// sqliteImage is an empty database whose schema is up to date, made once for as long as
// the migrations are the same.
var sqliteImage = sync.OnceValues(func() ([]byte, error) {
	made, err := digest(db.SQLite)
	if err != nil {
		return nil, err
	}
	name := filepath.Join("/tmp", "watchroom-sqlite-"+strconv.Itoa(os.Getuid())+"-")
	image := name + made
	if info, err := os.Lstat(image); err == nil && info.Mode().IsRegular() && info.Sys().(*syscall.Stat_t).Uid == uint32(os.Getuid()) {
		return os.ReadFile(image)
	}
	dir, err := os.MkdirTemp("", "watchroom-image-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "image.db")
	d, err := db.Open(context.Background(), db.Options{Path: path})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	all, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := keep(all, image); err != nil {
		return nil, err
	}
	old, _ := filepath.Glob(name + "*")
	forget(old, image)
	return all, nil
})

// keep writes a whole file at once, so that no other test binary reads half of it.
func keep(all []byte, path string) error {
	f, err := os.CreateTemp("/tmp", ".watchroom-sqlite-")
	if err != nil {
		return err
	}
	_, err = f.Write(all)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
