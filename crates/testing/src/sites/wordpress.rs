//! WordPress as Debian packages it. Its files are copied, so that no other site of the machine is
//! touched; Apache and MariaDB run with settings of their own, and not as root.

use std::os::unix::fs;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::folder::{SiteFolder, prepare as made};
use super::{EDITOR, PASSWORD, POSTS};
use crate::servers::account::Account;

/// What installs it on Debian, without its servers' services.
pub const PACKAGES: [&str; 12] = [
    "wordpress",
    "wordpress-theme-twentytwentythree",
    "apache2",
    "libapache2-mod-php",
    "php-cli",
    "php-curl",
    "php-gd",
    "php-mbstring",
    "php-mysql",
    "php-xml",
    "mariadb-server-core",
    "mariadb-client-core",
];

/// Where Debian puts WordPress.
const WORDPRESS: &str = "/usr/share/wordpress";
const APACHE: &str = "/usr/sbin/apache2";
const MODULES: &str = "/usr/lib/apache2/modules";
const MARIADB: &str = "/usr/sbin/mariadbd";
const INSTALL_DB: &str = "/usr/bin/mariadb-install-db";
const CLIENT: &str = "/usr/bin/mariadb";
const PHP: &str = "/usr/bin/php";
const THEME: &str = "/usr/share/wordpress/wp-content/themes/twentytwentythree";

/// The files without which it cannot run.
const NEEDED: [&str; 7] = [WORDPRESS, APACHE, MARIADB, INSTALL_DB, CLIENT, PHP, THEME];

/// The database and its user, whom only this site's own socket reaches.
const DATABASE: &str = "CREATE DATABASE wordpress; \
                        CREATE USER wordpress@localhost IDENTIFIED BY 'correct-horse'; \
                        GRANT ALL ON wordpress.* TO wordpress@localhost";

/// What this machine lacks.
pub(super) fn missing() -> Option<String> {
    let lacking: Vec<&str> =
        NEEDED.into_iter().filter(|needed| !Path::new(needed).exists()).collect();
    let packages = PACKAGES.join(" ");
    (!lacking.is_empty()).then(|| {
        format!(
            "no WordPress: {} not found (Debian: apt-get install {packages})",
            lacking.join(", ")
        )
    })
}

/// Copies WordPress and makes the cluster of its database.
pub(super) fn prepare(folder: &SiteFolder, logs: &Path) -> Result<()> {
    if let Some(account) = Account::unprivileged()? {
        account.own(folder.path())?;
    }
    let mut copy = folder.copying(Path::new(WORDPRESS), "wordpress");
    made("copy", as_account(copy.current_dir(folder.path()))?, logs)?;
    // Its links to scripts of other packages lead to beside it.
    for shared in ["javascript", "php"] {
        fs::symlink(Path::new("/usr/share").join(shared), folder.join(shared))?;
    }
    folder.take("apache.conf", "apache.conf")?;
    folder.take("fill.php", "fill.php")?;
    // Debian's own are links to /etc, where other sites of the machine have theirs.
    for (source, path) in [("htaccess", ".htaccess"), ("wp-config.php", "wp-config.php")] {
        let path = format!("wordpress/{path}");
        if folder.join(&path).symlink_metadata().is_ok() {
            std::fs::remove_file(folder.join(&path))?;
        }
        folder.take(source, &path)?;
    }
    let mut install = command(folder, INSTALL_DB)?;
    install.arg("--no-defaults").arg(datadir(folder));
    install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
    made("mariadb-install-db", install.arg("--skip-name-resolve"), logs)
}

/// Installs WordPress and writes its posts; the database runs.
pub(super) fn fill(folder: &SiteFolder, logs: &Path) -> Result<()> {
    let mut client = command(folder, CLIENT)?;
    client.args(["--no-defaults", "-u", "root"]).arg(socket(folder)).args(["-e", DATABASE]);
    made("mariadb", &mut client, logs)?;
    let mut php = command(folder, PHP)?;
    php.arg("fill.php").arg(folder.path()).arg(folder.host());
    made("fill", php.args([&POSTS.to_string(), EDITOR, PASSWORD]), logs)
}

/// Runs MariaDB.
pub(super) fn database(folder: &SiteFolder) -> Command {
    let mut mariadb = Command::new(MARIADB);
    mariadb.current_dir(folder.path()).arg("--no-defaults").arg(datadir(folder));
    mariadb.arg(socket(folder)).arg(format!("--pid-file={}", folder.join("mariadb.pid").display()));
    mariadb.args(["--skip-networking", "--skip-log-bin", "--innodb-buffer-pool-size=32M"]);
    mariadb.arg("--innodb-flush-log-at-trx-commit=0").env("TMPDIR", folder.path());
    with_account(mariadb)
}

/// Whether it can be asked.
pub(super) fn database_listens(folder: &SiteFolder) -> bool {
    UnixStream::connect(folder.join(SOCKET)).is_ok()
}

/// Runs Apache.
pub(super) fn server(folder: &SiteFolder, port: u16) -> Command {
    let mut apache = Command::new(APACHE);
    apache.current_dir(folder.path()).arg("-DFOREGROUND");
    apache.arg("-f").arg(folder.join("apache.conf"));
    apache.env("FOLDER", folder.path()).env("PORT", port.to_string()).env("MODULES", MODULES);
    with_account(apache)
}

/// Its name in the site's folder.
const SOCKET: &str = "mariadb.sock";

fn socket(folder: &SiteFolder) -> String {
    format!("--socket={}", folder.join(SOCKET).display())
}

fn datadir(folder: &SiteFolder) -> String {
    format!("--datadir={}", folder.join("data").display())
}

fn command(folder: &SiteFolder, program: &str) -> Result<Command> {
    let mut command = Command::new(program);
    // Two of MariaDB that are installed at once would share the names of temporary tables.
    command.env("TMPDIR", folder.path());
    as_account(command.current_dir(folder.path()))?;
    Ok(command)
}

/// Has the command run as a user that is not root.
fn as_account(command: &mut Command) -> Result<&mut Command> {
    if let Some(account) = Account::unprivileged()? {
        account.run(command);
    }
    Ok(command)
}

/// The same of a command that is returned; the site was prepared as that user.
fn with_account(mut command: Command) -> Command {
    // An error was told when the site was prepared.
    let _ = as_account(&mut command);
    command
}
