package config

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// placeName is what volumes and tiers are called. It stands in file names.
const placeName = `^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$`

// places checks volumes and tiers, whose names are one list and whose folders must
// lie apart.
func (v *checker) places(c *Config) {
	type folder struct{ key, path string }
	folders := []folder{{"recording.folder", c.RecordingFolder()}}
	names := map[string]string{}
	name := func(key, n string) {
		if !regexp.MustCompile(placeName).MatchString(n) {
			v.require(key+".name", false, "must be 1 to 32 lower-case letters, digits and dashes, got "+quote(n))
			return
		}
		v.require(key+".name", names[n] == "", quote(n)+" is the name of "+names[n]+" already")
		names[n] = key
	}
	place := func(key, path string) {
		clean, err := filepath.Abs(path)
		if path == "" || err != nil {
			v.require(key, false, "must name a folder")
			return
		}
		for _, other := range folders {
			o, err := filepath.Abs(other.path)
			if err == nil && (within(clean, o) || within(o, clean)) {
				v.require(key, false, "must lie apart from "+other.key+" ("+other.path+"): neither may be inside the other")
			}
		}
		folders = append(folders, folder{key, path})
	}
	for i := range c.Recording.Volumes {
		key := fmt.Sprintf("recording.volumes[%d]", i)
		name(key, c.Recording.Volumes[i].Name)
		place(key+".folder", c.Recording.Volumes[i].Folder)
	}
	buckets := map[string]string{}
	last := time.Duration(0)
	for i := range c.Archive.Tiers {
		t, key := &c.Archive.Tiers[i], fmt.Sprintf("archive.tiers[%d]", i)
		name(key, t.Name)
		v.span(key+".move_after", t.MoveAfter, time.Minute, 10*365*24*time.Hour)
		v.require(key+".move_after", t.MoveAfter >= last, "must not be shorter than that of the tier before")
		last = t.MoveAfter
		if !t.S3() {
			v.require(key+".bucket", t.Bucket == "", "is useless without endpoint")
			place(key+".folder", t.Folder)
			v.amount(key+".min_free", t.MinFree, 0, 1<<50)
			v.require(key+".size", t.Size == 0, "is of a bucket; a folder tells itself")
			continue
		}
		v.bucket(key, t)
		place := bucketPlace(t)
		v.require(key+".bucket", buckets[place] == "", "is the place of "+buckets[place]+" already: what is moved from one to the other would be lost. Give each a bucket or a prefix of its own")
		buckets[place] = key
	}
}

// bucketPlace is where a bucket's footage lies, the same for two ways of writing it.
func bucketPlace(t *Tier) string {
	host := t.Endpoint
	if u, err := url.Parse(t.Endpoint); err == nil {
		host = strings.ToLower(u.Host)
		if u.Port() == "" {
			host += map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
		}
	}
	return host + "/" + t.Bucket + "/" + strings.Trim(t.Prefix, "/")
}

// within tells whether a path is dir or below it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

func (v *checker) bucket(key string, t *Tier) {
	u, err := url.Parse(t.Endpoint)
	v.require(key+".endpoint", err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "",
		"must be http:// or https:// with a host and nothing behind it, got "+quote(redactURL(t.Endpoint)))
	v.require(key+".folder", t.Folder == "", "a tier is a folder or a bucket, not both")
	v.require(key+".bucket", regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`).MatchString(t.Bucket), "must be the name of a bucket, got "+quote(t.Bucket))
	v.require(key+".prefix", !strings.HasPrefix(t.Prefix, "/") && !strings.Contains(t.Prefix, "//"), "must not begin with a slash, got "+quote(t.Prefix))
	v.amount(key+".size", t.Size, 0, 1<<60)
	v.oneOf(key+".object_lock", t.ObjectLock, "none", "governance", "compliance")
	if t.ObjectLock == "governance" || t.ObjectLock == "compliance" {
		v.span(key+".lock_for", t.LockFor, time.Hour, 10*365*24*time.Hour)
	}
}
