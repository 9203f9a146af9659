# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
#
# Servers from Debian's packages, set up to run in a host of the scene. Read
# after scene.sh. Each writes a configuration and sets the array "server" to the
# command that runs it, in the foreground.

# nginx_server FOLDER: serves its files on port 80
nginx_server()
{
	mkdir -p "$scene/nginx"
	cat >"$scene/nginx/conf" <<-END
		user root;
		daemon off;
		pid $scene/nginx/pid;
		error_log $scene/nginx/error.log;
		events { }
		http {
			access_log off;
			client_body_temp_path $scene/nginx;
			proxy_temp_path $scene/nginx;
			fastcgi_temp_path $scene/nginx;
			uwsgi_temp_path $scene/nginx;
			scgi_temp_path $scene/nginx;
			sendfile on;
			tcp_nopush on;
			server { listen 80; root $1; }
		}
	END
	server=(nginx -p "$scene/nginx" -c "$scene/nginx/conf"
		-e "$scene/nginx/error.log")
}

# rsync_server FOLDER: takes files into it on port 873, as the module "files"
rsync_server()
{
	cat >"$scene/rsyncd.conf" <<-END
		use chroot = no
		uid = root
		gid = root
		[files]
		path = $1
		read only = no
	END
	# shellcheck disable=SC2034 # it is the result
	server=(rsync --daemon --no-detach --port 873
		--config "$scene/rsyncd.conf")
}
