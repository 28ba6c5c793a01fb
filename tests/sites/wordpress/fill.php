<?php
// Installs WordPress and fills it: `php fill.php FOLDER HOST POSTS EDITOR PASSWORD`.
[, $folder, $host, $posts, $editor, $password] = $argv;
$_SERVER['HTTP_HOST'] = $host;
$_SERVER['REQUEST_URI'] = '/';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
define('WP_INSTALLING', true);
require $folder . '/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
// Nothing here sends e-mail.
function wp_new_blog_notification() {}
wp_install('The WordPress site', 'owner', 'owner@' . $host, true, '', $password);
update_option('permalink_structure', '/%postname%/');
update_option('comment_moderation', '0');
update_option('comment_previously_approved', '0');
update_option('comment_registration', '0');
for ($number = 1; $number <= (int) $posts; $number++) {
    wp_insert_post([
        'post_name' => "post-$number",
        'post_title' => "Post $number",
        'post_content' => "<!-- wp:paragraph --><p>The text of post $number.</p><!-- /wp:paragraph -->",
        'post_status' => 'publish',
        'post_author' => 1,
    ]);
}
wp_insert_user(['user_login' => $editor, 'user_pass' => $password, 'role' => 'editor', 'user_email' => "editor@$host"]);
