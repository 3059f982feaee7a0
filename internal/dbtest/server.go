package dbtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"

	"juma/internal/testneeds"
)

// errNotInstalled: there is no server to start.
var errNotInstalled = errors.New("mariadbd is not installed")

// The account of the private server. Its password has characters that an address
// must write as %XX.
const (
	testUser     = "juma"
	testPassword = "te/st:p@ss%"
)

// private starts the process's own server at the first call.
var private = sync.OnceValues(start)

// start makes a data directory and a server on it, and returns its address. The
// server's keeper is a shell that waits for the end of a pipe: whichever way the
// test process ends, the pipe closes, and the keeper stops the server by its
// process id and removes the directory.
func start() (string, error) {
	daemon, installer := testneeds.Find("mariadbd"), testneeds.Find("mariadb-install-db")
	if daemon == "" || installer == "" {
		return "", errNotInstalled
	}
	dir, err := os.MkdirTemp(place(), "juma-mariadb-")
	if err != nil {
		return "", err
	}
	data := filepath.Join(dir, "data")
	common := []string{"--no-defaults", "--datadir=" + data, "--innodb-log-file-size=8M"}
	if os.Getuid() == 0 {
		common = append(common, "--user=mysql")
	}
	if err := prepare(dir, data); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	install := exec.Command(installer, append(common[:len(common):len(common)], "--auth-root-authentication-method=normal", "--skip-test-db")...)
	if out, err := install.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("mariadb-install-db: %w\n%s", err, out), os.RemoveAll(dir))
	}
	port, err := freePort()
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	args := append(common, "--socket="+filepath.Join(dir, "s.sock"), "--pid-file="+filepath.Join(dir, "pid"),
		"--bind-address=127.0.0.1", "--port="+strconv.Itoa(port), "--tmpdir="+dir, "--skip-name-resolve",
		"--init-file="+filepath.Join(dir, "init.sql"),
		"--innodb-flush-log-at-trx-commit=1", // as in production
		"--innodb-buffer-pool-size=64M", "--innodb-lock-wait-timeout=5")
	if err := keep(dir, daemon, args); err != nil {
		return "", err
	}
	u := &url.URL{Scheme: "mysql", User: url.UserPassword(testUser, testPassword), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), Path: "/mysql"}
	return u.String(), await(u, dir)
}

// place is where the data directory goes: memory when there is room, because each
// test creates some thirty tables and each of those costs several fsyncs; else
// the usual directory of temporary files.
func place() string {
	const memory, room = "/dev/shm", 1 << 30
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") == "" && syscall.Statfs(memory, &fs) == nil && uint64(fs.Bavail)*uint64(fs.Bsize) >= room {
		return memory
	}
	return ""
}

// prepare makes the directories and what the server runs when it starts.
func prepare(dir, data string) error {
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	init := filepath.Join(dir, "init.sql")
	grants := fmt.Sprintf("CREATE USER '%[1]s'@'127.0.0.1' IDENTIFIED BY '%[2]s';\nGRANT ALL ON *.* TO '%[1]s'@'127.0.0.1' WITH GRANT OPTION;\n", testUser, testPassword)
	if err := os.WriteFile(init, []byte(grants), 0o600); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	owner, err := user.Lookup("mysql") // mariadbd refuses to run as root
	if err != nil {
		return err
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	return errors.Join(os.Chown(dir, uid, gid), os.Chown(data, uid, gid), os.Chown(init, uid, gid))
}

// keeper runs the server until its standard input ends.
const keeper = `dir=$1; shift
"$@" </dev/null 3<&- &
server=$!
read line <&3
kill "$server"
wait "$server"
rm -rf "$dir"`

// lifeline is the writing end of the keeper's pipe; it closes with the process.
var lifeline *os.File

func keep(dir, daemon string, args []string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	cmd := exec.Command("sh", append([]string{"-c", keeper, "keeper", dir, daemon}, args...)...)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, []*os.File{r}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // ^C reaches the tests, not the server
	err = cmd.Start()
	lifeline = w
	return errors.Join(err, r.Close(), log.Close())
}

// await waits until the server answers.
func await(u *url.URL, dir string) error {
	var err error
	for range 300 {
		if err = run(u, "SELECT 1"); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	lifeline.Close()
	return fmt.Errorf("mariadbd did not answer within 15 s: %w\n%s", err, log)
}

// run runs one statement on a connection of its own.
func run(u *url.URL, statement string) error {
	// The driver is the one that internal/store brings: no other package knows it.
	password, _ := u.User.Password()
	db, err := sql.Open("mysql", fmt.Sprintf("%s:%s@tcp(%s)/?timeout=5s", u.User.Username(), password, u.Host))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(context.Background(), statement)
	return err
}

// freePort asks the system for a port that nobody uses.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
